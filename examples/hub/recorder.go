package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// recorder is the witness at the broker: it notes which messages arrived there, so that what is called lost does
// not rest on the sender's own word.
type recorder struct {
	topics    string // filter of what it notes
	received  *idSet
	fresh     atomic.Int64 // messages seen for the first time by this run
	duplicate atomic.Int64
	client    paho.Client // nil when it sits inside the broker
	listening atomic.Bool // the broker has granted the subscription
	failed    atomic.Pointer[error]
}

// note records the ids in a payload: one message, or a batch of them.
func (r *recorder) note(payload []byte) error {
	var ids []id
	if len(payload) > 0 && payload[0] == '[' {
		if err := json.Unmarshal(payload, &ids); err != nil {
			return fmt.Errorf("recorder: %w", err)
		}
	} else {
		var one id
		if err := json.Unmarshal(payload, &one); err != nil {
			return fmt.Errorf("recorder: %w", err)
		}
		ids = []id{one}
	}
	for _, i := range ids {
		fresh, err := r.received.add(i)
		if err != nil {
			return fmt.Errorf("recorder: %w", err)
		}
		if fresh {
			r.fresh.Add(1)
		} else {
			r.duplicate.Add(1)
		}
	}
	return nil
}

// subscribe makes the recorder a client of a foreign broker, with a session there that outlives this process:
// what arrives while the hub is down is told to the next run's recorder. The client keeps itself connected;
// close ends it.
func (r *recorder) subscribe(broker, clientID string) {
	o := paho.NewClientOptions().AddBroker(broker).SetClientID(clientID).SetCleanSession(false).
		SetConnectRetry(true).SetConnectRetryInterval(250 * time.Millisecond).SetMaxReconnectInterval(2 * time.Second).
		SetProtocolVersion(4).SetOrderMatters(true)
	o.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
		if err := r.note(m.Payload()); err != nil {
			r.failed.Store(&err)
		}
	})
	o.SetOnConnectHandler(func(c paho.Client) {
		token := c.Subscribe(r.topics, 1, nil).(*paho.SubscribeToken)
		if token.WaitTimeout(10*time.Second) && token.Error() == nil && token.Result()[r.topics] < 0x80 {
			r.listening.Store(true)
		}
	})
	r.client = paho.NewClient(o)
	r.client.Connect()
}

// online tells whether what reaches the broker reaches the recorder now.
func (r *recorder) online() bool {
	return r.client == nil || r.listening.Load() && r.client.IsConnectionOpen()
}

// settle waits until everything that was acknowledged has been seen here too, or ctx ends.
func (r *recorder) settle(ctx context.Context, missing func() int) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for missing() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

func (r *recorder) close() error {
	if r.client != nil {
		r.client.Disconnect(250)
	}
	var err error
	if p := r.failed.Load(); p != nil {
		err = *p
	}
	return errors.Join(err, r.received.close())
}
