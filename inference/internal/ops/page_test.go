package ops

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var updatePage = flag.Bool("page", false, "write docs/operators.md anew from the registry")

const page = "../../../docs/operators.md"

// TestOperatorsPage checks that docs/operators.md says what the registry says.
func TestOperatorsPage(t *testing.T) {
	want := operatorsPage(docsOf(t))
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
func operatorsPage(docs map[*Op]string) string {
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
		doc := strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(docs[op])
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", op.Name, doc, strings.Join(versions, " "), typesOnPage(newest))
		if i := slices.Index(all, op); i+1 < len(all) && all[i+1].Domain != domain {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// docsOf returns what each operator's comment says that it computes. Programs do not link that.
func docsOf(t *testing.T) map[*Op]string {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]string{}
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			d, ok := d.(*ast.GenDecl)
			if !ok || d.Tok != token.VAR {
				continue
			}
			name := d.Specs[0].(*ast.ValueSpec).Names[0].Name
			doc, _, _ := strings.Cut(strings.ReplaceAll(d.Doc.Text(), "\n", " "), ". ")
			if what, ok := strings.CutPrefix(strings.TrimSuffix(doc, "."), name+" computes "); ok {
				byName[literalName(d)] = what
			}
		}
	}
	docs := map[*Op]string{}
	for op := range All() {
		docs[op] = byName[op.Domain+" "+op.Name]
	}
	return docs
}

// literalName returns domain and name of an operator's literal.
func literalName(d *ast.GenDecl) string {
	constants := map[string]string{"internal": internal, "microsoft": microsoft, "trainingDomain": trainingDomain}
	var domain, name string
	for _, e := range d.Specs[0].(*ast.ValueSpec).Values[0].(*ast.CompositeLit).Elts {
		kv := e.(*ast.KeyValueExpr)
		var value string
		switch v := kv.Value.(type) {
		case *ast.BasicLit:
			value, _ = strconv.Unquote(v.Value)
		case *ast.Ident:
			value = constants[v.Name]
		}
		switch kv.Key.(*ast.Ident).Name {
		case "Domain":
			domain = value
		case "Name":
			name = value
		}
	}
	return domain + " " + name
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
