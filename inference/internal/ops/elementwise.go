package ops

// Elementwise reports whether v computes each element of its only output from the same element of its first input and
// from nothing else that has more than one element. Such an operator does not care how its input is laid out.
func (v *Version) Elementwise() bool {
	if v.InPlace != 1 || len(v.Out) != 1 || v.Attr("axis") != nil || v.Attr("axes") != nil {
		return false
	}
	least, most := v.In.Arity()
	return least == 1 && most >= 1
}

// Broadcasts reports whether v computes each element of its only output from the elements of its inputs that broadcast
// to it.
func (v *Version) Broadcasts() bool { return v.InPlace == 2 && len(v.Out) == 1 }
