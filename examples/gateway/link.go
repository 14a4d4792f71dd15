package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// errCut is what a dial meets while the uplink is cut on purpose.
var errCut = errors.New("the uplink is cut")

// link is the wire to the cloud, which -link can cut: connections then break, and new ones are refused.
type link struct {
	cut   window
	start time.Time // of the run; set before anybody dials

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

func newLink(cut window) *link {
	return &link{cut: cut, conns: map[net.Conn]struct{}{}}
}

// dial is the Dial option of transport/mqtt.
func (l *link) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if l.cut.contains(time.Since(l.start)) {
		return nil, errCut
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &tracked{Conn: c, link: l}
	l.conns[t] = struct{}{}
	return t, nil
}

// Run breaks every connection when the cut begins.
func (l *link) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(l.start.Add(l.cut.from))):
	}
	l.mu.Lock()
	open := l.conns
	l.conns = map[net.Conn]struct{}{}
	l.mu.Unlock()
	for c := range open {
		c.Close()
	}
	return nil
}

// tracked is a connection that leaves the link's table when it is closed.
type tracked struct {
	net.Conn
	link *link
}

func (t *tracked) Close() error {
	t.link.mu.Lock()
	delete(t.link.conns, t)
	t.link.mu.Unlock()
	return t.Conn.Close()
}
