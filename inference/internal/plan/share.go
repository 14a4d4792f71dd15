package plan

import "github.com/brinkml/brink/inference/internal/tensor"

// share decides which slots lie in the same memory, and between which steps each memory is in use.
func (b *builder) share() {
	slots := b.plan.Slots
	for _, v := range b.views { // in the order of the graph
		slots[v.out].Root = v.in
	}
	end := len(b.plan.Steps)
	touch := func(slot, step int) {
		if slot >= 0 {
			r := &slots[b.root(slot)]
			r.First, r.Last = min(r.First, step), max(r.Last, step)
		}
	}
	for _, s := range b.plan.Inputs {
		touch(s, -1)
		touch(s, end) // inputs stay for the next run
	}
	for i := range b.plan.Steps {
		s := &b.plan.Steps[i]
		for _, slot := range s.In {
			touch(slot, i)
		}
		for _, slot := range s.Out {
			touch(slot, i)
		}
	}
	for _, s := range b.plan.Outputs {
		touch(s, end)
	}
	for i := range b.plan.Steps {
		b.inPlace(i)
	}
	for i := range slots {
		slots[i].Root = b.root(i)
	}
}

// root follows slots that lie in the memory of others to the one that stands for all of them.
func (b *builder) root(slot int) int {
	slots := b.plan.Slots
	for slots[slot].Root != slot {
		slots[slot].Root = slots[slots[slot].Root].Root
		slot = slots[slot].Root
	}
	return slot
}

// inPlace lets the first output of step i take over the memory of an input that nothing reads afterwards.
func (b *builder) inPlace(i int) {
	s := &b.plan.Steps[i]
	if s.Kernel == nil || s.inPlace == 0 || s.Out[0] < 0 {
		return
	}
	slots := b.plan.Slots
	out := &slots[s.Out[0]]
	if !out.Arena() || out.Root != s.Out[0] || out.First != i {
		return
	}
	for j, slot := range s.In[:min(s.inPlace, len(s.In))] {
		if slot < 0 || !slots[slot].Arena() {
			continue
		}
		in, root := &slots[slot], &slots[b.root(slot)]
		if root.First < 0 || root.Last != i || in.DType.Size() != out.DType.Size() ||
			tensor.Elems(in.Shape) != tensor.Elems(out.Shape) || b.readElsewhere(s, j) {
			continue
		}
		root.Last = max(root.Last, out.Last)
		out.Root = in.Root // and with it whatever is a view of the output
		return
	}
}

// readElsewhere reports whether step s reads the memory of its input j also through an input that it does not go
// through element by element.
func (b *builder) readElsewhere(s *Step, j int) bool {
	for k, slot := range s.In {
		if k >= s.inPlace && slot >= 0 && b.root(slot) == b.root(s.In[j]) {
			return true
		}
	}
	return false
}
