//go:build !amd64 || noasm

package recurrence

import "github.com/brinkml/brink/inference/internal/cpu"

func (a *Product) run(_ cpu.Level, p *Weights) { a.portable(p) }

func (s *Steps) run(_ cpu.Level, p *Weights) { s.portable(p) }
