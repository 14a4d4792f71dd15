//go:build !amd64 || noasm

package f32

import "github.com/brinkml/brink/inference/internal/cpu"

func (m *Matrices) transpose(_ cpu.Level, dst, src []uint32) { m.portable(dst, src) }
