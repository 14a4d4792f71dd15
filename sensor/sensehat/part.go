package sensehat

import (
	"io"

	"periph.io/x/conn/v3"
)

// part is one chip of the board: dev when it works, err when it does not.
type part[D conn.Resource] struct {
	open  func() (D, error)
	there bool
	dev   D
	err   error
}

// prober is a part of any type.
type prober interface {
	probe()
	works() bool
	missing() error
	halt() error
	close() error
}

func (p *part[D]) probe() {
	if p.there {
		return
	}
	var none D
	if p.dev, p.err = p.open(); p.err != nil {
		p.dev = none // not an interface around a nil
	}
	p.there = p.err == nil
}

func (p *part[D]) works() bool { return p.there }

func (p *part[D]) missing() error { return p.err }

func (p *part[D]) halt() error {
	if !p.there {
		return nil
	}
	return p.dev.Halt()
}

func (p *part[D]) close() error {
	if c, ok := any(p.dev).(io.Closer); ok && p.there {
		return c.Close()
	}
	return nil
}

func get[D conn.Resource](h *HAT, p *part[D]) (D, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return p.dev, p.err
}

// demand is get for a part that is opened when it is asked for. Nothing else may make an interface of it: the linker would
// take its driver into programs that do not ask.
func demand[D conn.Resource](h *HAT, p **part[D], open func() (D, error)) (D, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if *p == nil {
		*p = &part[D]{open: open}
		h.parts = append(h.parts, *p)
	}
	(*p).probe()
	return (*p).dev, (*p).err
}
