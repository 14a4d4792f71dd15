// Package optimize makes a program compute the same with less work.
//
// A [Pass] is one idea, in a file named for it: it looks at a program as the checker understood it with the shapes that
// the model declares, and changes a copy of its graph. [Run] does all passes of a [Set] one after the other, has the
// checker look at the result, and starts over until none of them finds anything to do.
//
// What a pass may rely on holds for every run: types, shapes as far as the model declares them, and constants. An
// initializer that is an input too counts as a constant, so the result is for runs that keep all defaults; others need
// the program as it was. What may not change: the ids of the inputs and outputs, and every result but for rounding where
// the pass says so. The bodies of control-flow operators are left as they are; only what they capture may come to be
// another value that is the same.
package optimize

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/brinkml/brink/inference/internal/check"
)

// Pass is one way to have less to compute.
type Pass struct {
	Name string
	Doc  string

	run func(d *draft) (changed int)

	// last has it wait until the passes before it find nothing to do any more.
	last bool
}

// Set is a set of passes.
type Set []*Pass

// Without returns all passes but those named; "all" names every one. The error says which names are none.
func Without(names []string) (Set, error) {
	s := All()
	var unknown []string
	for _, name := range names {
		switch at := slices.IndexFunc(All(), func(p *Pass) bool { return p.Name == name }); {
		case name == "all":
			s = nil
		case at < 0:
			unknown = append(unknown, fmt.Sprintf("%q", name))
		default:
			s = slices.DeleteFunc(s, func(p *Pass) bool { return p.Name == name })
		}
	}
	if unknown != nil {
		return nil, fmt.Errorf("inference: there is no pass %s; there are %s, and \"all\" for all of them",
			strings.Join(unknown, ", "), strings.Join(All().Names(), ", "))
	}
	return s, nil
}

// Names returns the names of the passes in s.
func (s Set) Names() []string {
	names := make([]string, len(s))
	for i, p := range s {
		names[i] = p.Name
	}
	return names
}

// Late returns what a program leaves to its runs when only the passes in s work on it.
func (s Set) Late() check.Late {
	return check.Late{Constants: !slices.Contains(s, &fold), Shapes: !slices.Contains(s, &shapes)}
}

// Dead reports whether nodes stay that no output depends on.
func (s Set) Dead() bool { return !slices.Contains(s, &dead) }

// maxRounds bounds how often all passes run. What one of them makes possible for another is rarely more than two steps
// away.
const maxRounds = 8

// Run returns p, which t types for the declared shapes, as the passes in s leave it, and the typing of that. P itself
// does not change. Nodes whose operators are not supported are left as they are.
func Run(ctx context.Context, p *check.Program, t *check.Typing, s Set) (*check.Program, *check.Typing, error) {
	growth := check.FoldBudget(p.Graph)
	if late := s.Late(); late != p.Late {
		var err error
		if p, t, err = again(ctx, p, newDraft(p, t, &growth), late); err != nil {
			return nil, nil, err
		}
	}
	for range maxRounds {
		d := newDraft(p, t, &growth)
		changed, early := 0, 0
		for _, pass := range s {
			if pass.last && early > 0 {
				continue
			}
			n, err := d.do(pass)
			if err != nil {
				return nil, nil, err
			}
			changed += n
			if !pass.last {
				early += n
			}
		}
		if changed == 0 {
			break
		}
		var err error
		if p, t, err = again(ctx, p, d, p.Late); err != nil {
			return nil, nil, err
		}
	}
	return p, t, nil
}

// again makes a program of d, which comes from p.
func again(ctx context.Context, p *check.Program, d *draft, late check.Late) (*check.Program, *check.Typing, error) {
	model := *p.Model
	model.Main = d.graph
	p, err := check.Bind(&model)
	if err != nil {
		return nil, nil, err
	}
	p.Late = late
	t, err := p.Infer(ctx, nil, nil)
	return p, t, err
}

// do runs one pass. A panic comes back as an error that names it.
func (d *draft) do(p *Pass) (changed int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("inference: optimisation %q: internal fault: %v", p.Name, r)
		}
	}()
	return p.run(d), nil
}
