//go:build !noasm

package cpu

import "golang.org/x/sys/cpu"

func detect() []Level {
	var have []Level
	x := &cpu.X86
	if !x.HasAVX2 || !x.HasFMA {
		return nil
	}
	have = append(have, AVX2)
	if !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512CD || !x.HasAVX512DQ || !x.HasAVX512VL {
		return have
	}
	have = append(have, AVX512)
	if x.HasAVX512VNNI {
		have = append(have, VNNI)
	}
	return have
}
