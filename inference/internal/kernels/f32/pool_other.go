//go:build !amd64 || noasm

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

func (p *Pool) max(cpu.Level)  { p.maxPortable() }
func (p *Pool) mean(cpu.Level) { p.meanPortable() }
