package main

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/awsiot/provisioning"
	"github.com/brinkml/brink/transport/mqtt"
)

// identify returns who the device is. An empty device connects with the claim, which every device of its batch may have, and has a key signed
// that it makes itself; one that is provisioned needs neither claim nor connection.
func (d *device) identify(ctx context.Context) (_ *provisioning.Identity, err error) {
	dir := filepath.Join(d.o.state, "identity")
	id, err := provisioning.Load(dir)
	if !errors.Is(err, provisioning.ErrNotProvisioned) {
		return id, err
	}
	if d.o.claimCert == "" {
		return nil, errors.New("this device is not provisioned: -claim-cert and -claim-key are needed")
	}
	claim, err := mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: d.o.claimCert, KeyFile: d.o.claimKey})
	if err != nil {
		return nil, err
	}
	dialer, err := mqtt.New(&mqtt.Options{
		Broker: d.o.broker(), ClientID: "claim-" + d.o.serial, RootsFile: d.o.ca, KeyPair: claim, Profile: transport.AWSIoTCore(),
	})
	if err != nil {
		return nil, err
	}
	// An outbox for its connection only: nothing is published through its lane.
	out, err := transport.Open(filepath.Join(d.o.state, "claim"), dialer, &transport.Options{
		Lanes: []transport.Lane{{Name: "none", Sync: transport.InMemory}}, Logger: d.log,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var link sync.WaitGroup
	defer func() {
		cancel()
		link.Wait()
		err = errors.Join(err, out.Close())
	}()
	link.Go(func() { d.until(ctx, "the link of the claim", out.Run) })
	id, err = provisioning.Device(ctx, out.Conn(), d.o.template, &provisioning.Options{
		Dir: dir, Parameters: map[string]string{"SerialNumber": d.o.serial}, Logger: d.log,
	})
	if err == nil {
		d.tell("provisioned", struct {
			Thing       string `json:"thing"`
			Certificate string `json:"certificate"`
		}{id.ThingName, id.CertificateID})
	}
	return id, err
}
