//go:build !amd64 || noasm

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

func (p *LRN) run(cpu.Level) { p.portable() }
