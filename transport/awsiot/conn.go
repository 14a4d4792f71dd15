package awsiot

import (
	"context"
	"iter"
)

// Conn is the MQTT connection that the services work over: one that comes and
// goes. An implementation is safe for concurrent use.
type Conn interface {
	// Publish sends one message with QoS 1 and returns when the broker
	// acknowledged it. Without a link it fails at once: nothing is queued,
	// because a request that arrives minutes late does more harm than one that
	// fails.
	Publish(ctx context.Context, topic string, payload []byte) error

	// Subscribe subscribes to at most eight topics on the present link and
	// returns when the broker acknowledged them. Nothing is renewed on the next
	// link. h may be called from any goroutine, also before Subscribe returned,
	// and must not block; it may keep payload. cancel ends the calls to h; it
	// may be called after the link is gone.
	Subscribe(ctx context.Context, topics []string, h func(topic string, payload []byte)) (cancel func(), err error)

	// Links yields one context for each connection, the present one included;
	// it is done when that connection is lost. The sequence ends with ctx.
	Links(ctx context.Context) iter.Seq[context.Context]
}
