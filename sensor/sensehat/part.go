package sensehat

import "periph.io/x/conn/v3"

// part is one chip of the board: dev when it works, err when it does not.
type part[D any] struct {
	open func() (*D, error)
	dev  *D
	err  error
}

// prober is a part of any type.
type prober interface {
	probe()
	missing() error
	halt() error
}

func (p *part[D]) probe() {
	if p.dev == nil {
		p.dev, p.err = p.open()
	}
}

func (p *part[D]) missing() error { return p.err }

func (p *part[D]) halt() error {
	if r, ok := any(p.dev).(conn.Resource); ok && p.dev != nil {
		return r.Halt()
	}
	return nil
}

func get[D any](h *HAT, p *part[D]) (*D, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return p.dev, p.err
}
