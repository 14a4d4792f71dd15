package provisioning

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/call"
	"github.com/brinkml/brink/transport/awsiot/internal/wait"
)

const (
	registerOp = "register"
)

// serve goes on over one connection until the device is provisioned, the
// connection is lost, or nothing more can be done, which is a final error.
func (p *provisioner) serve(ctx, link context.Context) error {
	// The requests end with either; the link's end is told from ctx's by call.
	both, cancel := context.WithCancel(link)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()

	var line *call.Line
	var pause wait.Backoff
	for both.Err() == nil && p.j.Stage != stageStored {
		var err error
		if line == nil {
			if line, err = call.Open(both, p.conn, p.topics(), p.o.Timeout, nil); err == nil {
				defer line.Close()
			}
		}
		if err == nil {
			err = p.step(both, line)
		}
		var f final
		switch {
		case errors.As(err, &f):
			return err
		case err == nil:
			pause.Reset()
		case both.Err() == nil:
			p.last = err
			p.o.Logger.Warn("provisioning is tried again", slog.String("template", p.template), slog.Any("error", err))
			pause.Wait(both)
		}
	}
	return nil
}

// topics are where the answers arrive: no more than the claim's policy must
// allow.
func (p *provisioner) topics() []string {
	create, register := p.createTopic(), registerTopic(p.template)
	return []string{create + "/accepted", create + "/rejected", register + "/accepted", register + "/rejected"}
}

func (p *provisioner) createTopic() string {
	if p.o.CloudKeys {
		return createTopic
	}
	return fromCSRTopic
}

// step makes one request and stores what came of it.
func (p *provisioner) step(ctx context.Context, line *call.Line) error {
	switch p.j.Stage {
	case stageStart:
		return p.create(ctx, line)
	case stageCertificate:
		if p.expired() {
			return p.again("its token has expired")
		}
		j := p.j
		j.Stage = stageRegistering // before the request is, or a power cut would forget it
		return p.save(j)
	case stageRegistering:
		return p.register(ctx, line)
	default:
		_, err := p.store()
		return err
	}
}

// create gets a certificate.
func (p *provisioner) create(ctx context.Context, line *call.Line) error {
	op, request := "create", createRequest()
	var key crypto.PublicKey
	if p.key != nil {
		op, request, key = "create-from-csr", csrRequest(p.csr), p.key.Public()
	}
	var c certificate
	err := p.ask(ctx, line, op, p.createTopic(), request, func(payload []byte) (err error) {
		c, err = parseCertificate(payload, key)
		return err
	})
	if err != nil {
		return err
	}
	return p.save(journal{
		Stage:          stageCertificate,
		Template:       p.template,
		CertificateID:  c.ID,
		CertificatePEM: c.PEM,
		PrivateKey:     c.Key,
		Signer:         p.o.Signer != nil,
		Token:          c.Token,
		TokenAt:        time.Now().UTC(),
	})
}

// register registers the device with the certificate's token, for the first
// time or again.
func (p *provisioner) register(ctx context.Context, line *call.Line) error {
	var t thing
	err := p.ask(ctx, line, registerOp, registerTopic(p.template), registerRequest(p.j.Token, p.o.Parameters), func(payload []byte) (err error) {
		t, err = parseThing(payload)
		return err
	})
	var rejected *awsiot.RejectedError
	if errors.As(err, &rejected) && (rejected.Code == CodeInvalidToken || p.expired() && !isTemporary(rejected)) {
		if p.renewed++; p.renewed > anew {
			return final{err}
		}
		return p.again(rejected.Error())
	}
	if err != nil {
		return err
	}
	j := p.j
	j.Stage, j.ThingName, j.Configuration = stageRegistered, t.Name, t.Configuration
	if err := p.save(j); err != nil {
		return err
	}
	p.o.Logger.Info("device provisioned", slog.String("thing", t.Name), slog.String("certificate", j.CertificateID))
	return nil
}

// ask makes a request. An answer that accepted does not take is logged and not
// the answer. A refusal is final unless it is temporary, or about the token.
func (p *provisioner) ask(ctx context.Context, line *call.Line, op, topic string, request []byte, accepted func(payload []byte) error) error {
	m, err := line.Do(ctx, topic, request, func(m call.Message) bool {
		switch m.Topic {
		case topic + "/rejected":
			return true
		case topic + "/accepted":
			err := accepted(m.Payload)
			if err != nil {
				p.o.Logger.Warn("provisioning answer not understood", slog.Any("error", &awsiot.MessageError{Topic: m.Topic, Err: err}))
			}
			return err == nil
		}
		return false
	})
	if err != nil {
		return fmt.Errorf("provisioning: %s: %w", op, err)
	}
	if m.Topic == topic+"/accepted" {
		return nil
	}
	rejected := parseRejected(op, m.Payload)
	if isTemporary(rejected) || op == registerOp && (rejected.Code == CodeInvalidToken || p.expired()) {
		return rejected
	}
	return final{rejected}
}
