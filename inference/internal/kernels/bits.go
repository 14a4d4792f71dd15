package kernels

// Unsigned is an integer without a sign.
type Unsigned interface {
	uint8 | uint16 | uint32 | uint64
}

// BitwiseAnd computes a & b.
func BitwiseAnd[T Integer](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = a[i&ma] & b[i&mb]
	}
}

// BitwiseOr computes a | b.
func BitwiseOr[T Integer](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = a[i&ma] | b[i&mb]
	}
}

// BitwiseXor computes a ^ b.
func BitwiseXor[T Integer](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = a[i&ma] ^ b[i&mb]
	}
}

// BitwiseNot turns every bit around.
func BitwiseNot[T Integer](dst, src []T) {
	for i, v := range src {
		dst[i] = ^v
	}
}

// ShiftLeft computes a << b.
func ShiftLeft[T Unsigned](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = a[i&ma] << b[i&mb]
	}
}

// ShiftRight computes a >> b.
func ShiftRight[T Unsigned](dst, a, b []T) {
	ma, mb := mask(len(a)), mask(len(b))
	for i := range dst {
		dst[i] = a[i&ma] >> b[i&mb]
	}
}
