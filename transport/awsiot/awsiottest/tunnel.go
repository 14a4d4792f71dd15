package awsiottest

import (
	"context"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest/internal/play"
)

// Tunnels is the part of secure tunneling that a device sees over MQTT: the
// notice that a tunnel is open. Its methods are safe for concurrent use.
type Tunnels struct {
	stage play.Stage
	out   chan play.Message
}

// TunnelNotice is a notice as the service sends it.
type TunnelNotice struct {
	Token    string   `json:"clientAccessToken"`
	Mode     string   `json:"clientMode"` // "destination", to a device
	Region   string   `json:"region"`
	Services []string `json:"services"`
}

// NewTunnels makes a service that opened no tunnel.
func NewTunnels() *Tunnels { return &Tunnels{out: make(chan play.Message, 256)} }

// Notify tells a thing of a tunnel, as soon as Serve has a connection. Beyond
// 256 that wait, notices are lost.
func (t *Tunnels) Notify(thing string, n TunnelNotice) { t.NotifyRaw(thing, encodeJSON(n)) }

// NotifyRaw sends anything where notices arrive.
func (t *Tunnels) NotifyRaw(thing string, payload []byte) {
	select {
	case t.out <- play.Message{Topic: "$aws/things/" + thing + "/tunnels/notify", Payload: payload}:
	default:
	}
}

// Serve sends notices over a connection, until ctx ends; it returns ctx's error.
// Everything runs on the calling goroutine.
func (t *Tunnels) Serve(ctx context.Context, c awsiot.Conn) error {
	return t.stage.Serve(ctx, c, nil, nil, t.out)
}

// Ready waits until Serve works on a connection, or ctx ends; it returns ctx's
// error.
func (t *Tunnels) Ready(ctx context.Context) error { return t.stage.Ready(ctx) }
