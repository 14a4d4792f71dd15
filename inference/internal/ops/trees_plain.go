//go:build !amd64 || noasm

package ops

import "github.com/brinkml/brink/inference/internal/kernels"

type quickForest struct{}

func quicken[T kernels.Float](*forest[T]) *quickForest { return nil }

func (k *ensemble[T]) quickScratch(int) int { return 0 }

func (k *ensemble[T]) voteQuick([]float64, []T, int, []uint32) bool { return false }
