package mqtt5

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho/log"
)

// pinger notices a dead connection. The library's own waits for the answer to a
// ping as long as until the next, and the time between them is the broker's to
// choose.
type pinger struct {
	w       *wire
	every   time.Duration
	timeout time.Duration
	pong    chan struct{}
}

// Run sends a ping before the connection has been silent, in either direction,
// for KeepAlive or the broker's own choice, whichever is less.
func (p *pinger) Run(ctx context.Context, conn net.Conn, keepAlive uint16) error {
	every := p.every
	if keepAlive > 0 {
		every = min(every, time.Duration(keepAlive)*time.Second)
	}
	every -= every / 8
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		timer.Reset(max(time.Until(p.w.quiet().Add(every)), 0))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		if time.Since(p.w.quiet()) < every {
			continue
		}
		select {
		case <-p.pong:
		default:
		}
		if _, err := packets.NewControlPacket(packets.PINGREQ).WriteTo(conn); err != nil {
			return err
		}
		timer.Reset(p.timeout)
		select {
		case <-p.pong:
		case <-timer.C:
			err := fmt.Errorf("no pingresp within %v", p.timeout)
			p.w.giveUp(err)
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

// PingResp is called for each answer.
func (p *pinger) PingResp() {
	select {
	case p.pong <- struct{}{}:
	default:
	}
}

// The wire knows when packets go and come.

func (p *pinger) PacketSent()         {}
func (p *pinger) PacketReceived()     {}
func (p *pinger) SetDebug(log.Logger) {}
