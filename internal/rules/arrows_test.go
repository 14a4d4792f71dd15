package rules

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/brinkml/brink/"

// arrow says what the packages under a folder must not link, tests apart, and why.
type arrow struct {
	from      string   // folder below the module, with everything in it
	except    []string // packages of that folder that are free of this rule
	forbidden []string // import path prefixes
	because   string
}

var arrows = []arrow{
	{
		from: "sensor", forbidden: []string{module + "inference", module + "transport", module + "shadow", module + "edge"},
		because: "who reads a sensor knows nothing of what becomes of the reading",
	},
	{
		from: "inference", forbidden: []string{module + "sensor", module + "transport", module + "shadow", module + "edge"},
		because: "the engine is of use without the rest",
	},
	{
		from: "transport", forbidden: []string{module + "sensor", module + "inference", module + "shadow", module + "edge"},
		because: "the outbox carries bytes",
	},
	{
		from: "shadow", forbidden: []string{module + "sensor", module + "inference", module + "transport", module + "edge"},
		because: "the shadow speaks through the small connection that it declares itself",
	},
	{
		from: "edge", except: []string{"edge/leaf", "edge/deploy", "edge/learn", "edge/page", "edge/edgetest"},
		forbidden: []string{module + "sensor", module + "inference", module + "transport", module + "shadow"},
		because:   "the runtime composes anything; what joins the packages lies in folders of its own",
	},
	{
		from: "internal/durable", forbidden: []string{module},
		because: "any package may import it",
	},
	{
		from: "inference", except: []string{"inference/gotensor", "inference/onnxgo"},
		forbidden: []string{"gorgonia.org", "github.com/owulveryck", "go4.org", "gonum.org"},
		because:   "linked, they add 10 MB to a firmware",
	},
	{
		from: "inference", except: []string{"inference/gotensor", "inference/onnxgo", "inference/cmd/onnxtool"},
		forbidden: []string{"net", "encoding/json", "text/template"},
		because:   "sensor and inference together fit in 5 MB",
	},
	{
		from: "inference", except: []string{"inference/gotensor", "inference/onnxgo", "inference/cmd/onnxtool", "inference/images", "inference/internal/raster", "inference/internal/jpeg2000", "inference/regex"},
		forbidden: []string{"regexp", "image", "golang.org/x/image"},
		because:   "few models decode images or match patterns: packages images and regex are handed to their sessions",
	},
	{
		from: "sensor", except: []string{"sensor/sensortest", "sensor/fusion", "sensor/emulator/view/web"}, forbidden: []string{"net", "encoding/json", "text/template", "testing"},
		because: "a program that only reads sensors fits in 2.3 MB",
	},
	{
		from: "sensor/fusion", forbidden: []string{"net", "text/template", "testing", "gonum.org"},
		because: "orientation is arithmetic; of what is large it links JSON, which keeps calibrations",
	},
	{
		from: "edge", except: []string{"edge/leaf"}, forbidden: []string{"github.com/mochi-mqtt"},
		because: "a broker is linked only by who runs one",
	},
	{
		from: "transport", except: []string{"transport/transporttest"}, forbidden: []string{"github.com/mochi-mqtt", "testing"},
		because: "a broker is linked only by who runs one",
	},
	{
		from: "transport", except: []string{"transport/zstd"}, forbidden: []string{"github.com/klauspost"},
		because: "a device that does not compress links no compression",
	},
	{
		from: "transport/awsiot", except: []string{"transport/awsiot/awsiottest"}, forbidden: []string{"github.com/eclipse", "testing", "os/exec", "net/http"},
		because: "the services need a connection that somebody gives them, and nothing that a device could be made to run",
	},
	{
		from: "transport/payload", forbidden: []string{"net", "github.com/eclipse", "github.com/klauspost", "testing"},
		because: "who encodes a reading links no session and no library for it",
	},
	{
		from: "shadow", except: []string{"shadow/shadowtest"}, forbidden: []string{"testing", "net/http"},
		because: "what a device links stays small",
	},
	{
		from: "examples", forbidden: []string{"testing"},
		because: "examples are programs to copy",
	},
}

// pkg is what go list -json tells of a package.
type pkg struct {
	ImportPath string
	Dir        string
	Name       string
	Doc        string
	Imports    []string
	Deps       []string
	GoFiles    []string
	TestGoFiles,
	XTestGoFiles []string
	Module *struct{ Path string }
}

// list runs go list -json over the patterns in the module's root.
func list(t *testing.T, patterns ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Name,Doc,Imports,Deps,GoFiles,TestGoFiles,XTestGoFiles,Module"}, patterns...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	var pkgs []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// below reports whether path is folder or lies in it.
func below(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

func TestArrows(t *testing.T) {
	pkgs := list(t, "./...")
	for _, a := range arrows {
		matched := 0
		for _, p := range pkgs {
			path := strings.TrimPrefix(p.ImportPath, module)
			if !below(path, a.from) || slices.ContainsFunc(a.except, func(e string) bool { return below(path, e) }) {
				continue
			}
			matched++
			for _, d := range p.Deps {
				if below(strings.TrimPrefix(d, module), a.from) {
					continue
				}
				for _, f := range a.forbidden {
					if below(d, f) {
						t.Errorf("%s links %s: forbidden, because %s", path, d, a.because)
					}
				}
			}
		}
		if matched == 0 {
			t.Errorf("the rule %q matches no package", a.because)
		}
	}
}

// TestNobodyImportsExamples keeps the examples at the end of all arrows, and out of internal packages, which
// whoever copies them could not import.
func TestNobodyImportsExamples(t *testing.T) {
	for _, p := range list(t, "./...") {
		for _, i := range p.Imports {
			if below(i, module+"examples") {
				t.Errorf("%s imports the example %s", p.ImportPath, i)
			}
			if below(p.ImportPath, module+"examples") && strings.Contains(i, "/internal/") && strings.HasPrefix(i, module) {
				t.Errorf("the example %s imports %s, which nobody outside this module can", p.ImportPath, i)
			}
		}
	}
}
