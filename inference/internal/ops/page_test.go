package ops

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var updatePage = flag.Bool("page", false, "write docs/operators.md anew from the registry")

const page = "../../../docs/operators.md"

// TestOperatorsPage checks that docs/operators.md says what the registry says.
func TestOperatorsPage(t *testing.T) {
	want := operatorsPage()
	if *updatePage {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/operators.md is not what the registry says; go generate ./inference/internal/ops writes it")
	}
}

// operatorsPage lists the registry, a table for each domain.
func operatorsPage() string {
	all := slices.SortedFunc(All(), func(a, b *Op) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Name, b.Name))
	})
	var b strings.Builder
	b.WriteString(`# Operators

What the engine computes, written from its registry by ` + "`go generate ./inference/internal/ops`" + `. Versions are those of the domain's operator set since which an
operator is what it is; a model gets the greatest that is not newer than what it imports. Types are those of the first input, or of what an
operator without inputs makes, in the newest version. [inference.md](inference.md) says how models are loaded and run.

`)
	domain := "none"
	all = slices.DeleteFunc(all, func(op *Op) bool { return op.Domain == internal }) // no model has them
	for _, op := range all {
		if op.Domain != domain {
			domain = op.Domain
			name := cmp.Or(domain, "ai.onnx")
			n := 0
			for _, o := range all {
				if o.Domain == domain {
					n++
				}
			}
			fmt.Fprintf(&b, "## %s (%d)\n\n| operator | computes | versions | types |\n|---|---|---|---|\n", name, n)
		}
		var versions []string
		var newest *Version
		for v := range op.Each {
			versions = append(versions, strconv.Itoa(v.Since))
			newest = v
		}
		doc := strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(op.Doc)
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", op.Name, doc, strings.Join(versions, " "), typesOnPage(newest))
		if i := slices.Index(all, op); i+1 < len(all) && all[i+1].Domain != domain {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// typesOnPage says in few words what types an operator takes.
func typesOnPage(v *Version) string {
	args := v.In
	if len(args) == 0 {
		args = v.Out
	}
	types := v.constraint(args.at(0))
	names := typeNames(types)
	var tensors []string
	held := map[string]bool{}
	for _, n := range names {
		if form, _, ok := strings.Cut(n, "("); ok {
			held[map[string]string{"seq": "sequences", "opt": "optionals", "map": "maps"}[form]] = true
			continue
		}
		tensors = append(tensors, n)
	}
	var parts []string
	switch {
	case len(tensors) == len(shortNames)-1:
		parts = append(parts, "all")
	case len(tensors) > 0:
		parts = append(parts, strings.Join(tensors, " "))
	}
	for _, form := range []string{"sequences", "optionals", "maps"} {
		if held[form] {
			parts = append(parts, form)
		}
	}
	return strings.Join(parts, ", ")
}
