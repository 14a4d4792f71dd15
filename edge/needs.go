package edge

import (
	"fmt"
	"slices"
	"strings"
)

// link joins the runners by their needs and returns what is wrong with those.
func link(runners []*runner, byName map[string]*runner) []error {
	var wrong []error
	for _, r := range runners {
		r.needs, r.neededBy = nil, nil
	}
	for _, r := range runners {
		for _, name := range slices.Compact(slices.Sorted(slices.Values(r.o.Needs))) {
			n := byName[name]
			if n == nil {
				wrong = append(wrong, fmt.Errorf("component %q: needs %q, which is not declared", r.name, name))
				continue
			}
			r.needs = append(r.needs, n)
			n.neededBy = append(n.neededBy, r)
		}
	}
	if _, circle := inOrder(runners); circle != nil {
		wrong = append(wrong, fmt.Errorf("needs go in a circle: %s", strings.Join(circle, " -> ")))
	}
	return wrong
}

// inOrder returns the linked runners with the needs of each before it, and the
// names along one circle if there is any.
func inOrder(runners []*runner) (order []*runner, circle []string) {
	const (
		entered = 1 + iota
		left
	)
	mark := make(map[*runner]int, len(runners))
	var path []string
	var visit func(r *runner)
	visit = func(r *runner) {
		path = append(path, r.name)
		defer func() { path = path[:len(path)-1] }()
		switch mark[r] {
		case left:
			return
		case entered:
			if circle == nil {
				circle = slices.Clone(path[slices.Index(path, r.name):])
			}
			return
		}
		mark[r] = entered
		for _, n := range r.needs {
			visit(n)
		}
		mark[r] = left
		order = append(order, r)
	}
	for _, r := range runners {
		visit(r)
	}
	return order, circle
}
