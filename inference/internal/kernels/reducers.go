package kernels

import "math"

// Reducers holds a way to reduce for each type that is computed with. That for uint64 has no Fold where the one for
// int64 gives the same bits.
//
// They are variables, and written out, because then they are data: functions that made them would be code, for each
// type.
type Reducers struct {
	F32 Reducer[float32]
	F64 Reducer[float64]
	I64 Reducer[int64]
	U64 Reducer[uint64]
}

// Sum adds up.
var Sum = Reducers{
	F32: Reducer[float32]{Fold: sumRun[float32], Rows: sumRows[float32]},
	F64: Reducer[float64]{Fold: sumRun[float64], Rows: sumRows[float64]},
	I64: Reducer[int64]{Fold: sumRun[int64], Rows: sumRows[int64]},
}

// Mean adds up and divides by the number of elements.
var Mean = Reducers{
	F32: Reducer[float32]{Fold: sumRun[float32], Rows: sumRows[float32], Finish: Divide[float32]},
	F64: Reducer[float64]{Fold: sumRun[float64], Rows: sumRows[float64], Finish: Divide[float64]},
	I64: Reducer[int64]{Fold: sumRun[int64], Rows: sumRows[int64], Finish: Divide[int64]},
	U64: Reducer[uint64]{Fold: sumRun[uint64], Rows: sumRows[uint64], Finish: Divide[uint64]},
}

// Product multiplies.
var Product = Reducers{
	F32: Reducer[float32]{Init: 1, Fold: prodRun[float32], Rows: prodRows[float32]},
	F64: Reducer[float64]{Init: 1, Fold: prodRun[float64], Rows: prodRows[float64]},
	I64: Reducer[int64]{Init: 1, Fold: prodRun[int64], Rows: prodRows[int64]},
}

// Magnitude adds up magnitudes.
var Magnitude = Reducers{
	F32: Reducer[float32]{Fold: absRun[float32], Rows: absRows[float32]},
	F64: Reducer[float64]{Fold: absRun[float64], Rows: absRows[float64]},
	I64: Reducer[int64]{Fold: absRun[int64], Rows: absRows[int64]},
	U64: Reducer[uint64]{Fold: sumRun[uint64], Rows: sumRows[uint64]},
}

// Squares adds up squares.
var Squares = Reducers{
	F32: Reducer[float32]{Fold: squareRun[float32], Rows: squareRows[float32]},
	F64: Reducer[float64]{Fold: squareRun[float64], Rows: squareRows[float64]},
	I64: Reducer[int64]{Fold: squareRun[int64], Rows: squareRows[int64]},
}

// Norm is the root of what Squares gives.
var Norm = Reducers{
	F32: Reducer[float32]{Fold: squareRun[float32], Rows: squareRows[float32], Finish: Root[float32]},
	F64: Reducer[float64]{Fold: squareRun[float64], Rows: squareRows[float64], Finish: Root[float64]},
	I64: Reducer[int64]{Fold: squareRun[int64], Rows: squareRows[int64], Finish: Root[int64]},
	U64: Reducer[uint64]{Fold: squareRun[uint64], Rows: squareRows[uint64], Finish: Root[uint64]},
}

// LogSum is the logarithm of what Sum gives.
var LogSum = Reducers{
	F32: Reducer[float32]{Fold: sumRun[float32], Rows: sumRows[float32], Finish: Logarithm[float32]},
	F64: Reducer[float64]{Fold: sumRun[float64], Rows: sumRows[float64], Finish: Logarithm[float64]},
	I64: Reducer[int64]{Fold: sumRun[int64], Rows: sumRows[int64], Finish: Logarithm[int64]},
	U64: Reducer[uint64]{Fold: sumRun[uint64], Rows: sumRows[uint64], Finish: Logarithm[uint64]},
}

// Greatest takes the greatest element, the least value of the type when there is none.
var Greatest = Reducers{
	F32: Reducer[float32]{Init: float32(math.Inf(-1)), Fold: maxRun[float32], Rows: maxRows[float32]},
	F64: Reducer[float64]{Init: math.Inf(-1), Fold: maxRun[float64], Rows: maxRows[float64]},
	I64: Reducer[int64]{Init: math.MinInt64, Fold: maxRun[int64], Rows: maxRows[int64]},
	U64: Reducer[uint64]{Init: 0, Fold: maxRun[uint64], Rows: maxRows[uint64]},
}

// Least takes the least element, the greatest value of the type when there is none.
var Least = Reducers{
	F32: Reducer[float32]{Init: float32(math.Inf(1)), Fold: minRun[float32], Rows: minRows[float32]},
	F64: Reducer[float64]{Init: math.Inf(1), Fold: minRun[float64], Rows: minRows[float64]},
	I64: Reducer[int64]{Init: math.MaxInt64, Fold: minRun[int64], Rows: minRows[int64]},
	U64: Reducer[uint64]{Init: math.MaxUint64, Fold: minRun[uint64], Rows: minRows[uint64]},
}
