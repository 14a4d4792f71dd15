package sensehat

import (
	"errors"
	"io"

	"periph.io/x/conn/v3"

	"github.com/brinkml/brink/sensor"
)

// part is one chip of the board: dev when it works, err when it does not.
type part[D conn.Resource] struct {
	open     func() (D, error)
	optional bool // not every board has it
	there    bool
	dev      D
	err      error
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

func (p *part[D]) missing() error {
	if _, absent := errors.AsType[*sensor.NotPresentError](p.err); absent && p.optional {
		return nil
	}
	return p.err
}

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
