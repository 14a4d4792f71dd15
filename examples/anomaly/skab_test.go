package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// skab is the Skoltech Anomaly Benchmark, where the user has it.
const skab = "../../../shared/data/skab"

// judged is how predictions compare with SKAB's labels, as its leaderboard counts: confusion over the rows from 400
// on of all files together, and F1, false and missing alarm rates of that.
type judged struct{ f1, far, mar float64 }

// score reads labels and predictions by its own means, so that it shares no mistake with the program.
func score(t *testing.T, predictions string) judged {
	t.Helper()
	files, err := filepath.Glob(skab + "/data/*/[0-9]*.csv")
	if err != nil || len(files) != 34 {
		t.Fatalf("%d labelled recordings, %v; want 34", len(files), err)
	}
	var tp, fp, fn, tn float64
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var labels []bool
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Split(lines.Text(), ";")
			labels = append(labels, strings.HasPrefix(fields[9], "1"))
		}
		labels = labels[1+400:]
		got := flags(t, filepath.Join(predictions, filepath.Base(filepath.Dir(file)), filepath.Base(file)))
		if len(got) != len(labels) {
			t.Fatalf("%s: %d predictions; want %d", file, len(got), len(labels))
		}
		for i, flagged := range got {
			switch {
			case labels[i] && flagged:
				tp++
			case labels[i]:
				fn++
			case flagged:
				fp++
			default:
				tn++
			}
		}
	}
	return judged{tp / (tp + (fn+fp)/2), 100 * fp / (fp + tn), 100 * fn / (fn + tp)}
}

func TestSKAB(t *testing.T) {
	if _, err := os.Stat(skab); err != nil {
		t.Skip("SKAB is not there: ", err)
	}
	out := t.TempDir()
	code, stdout, stderr := call(t, "-data", skab+"/data", "-out", out)
	if code != 0 {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	got := score(t, out)
	t.Logf("F1 %.4f, FAR %.2f, MAR %.2f", got.f1, got.far, got.mar)
	if got.f1 < 0.81 || got.far > 30 || got.mar > 19 {
		t.Errorf("F1 %.4f, FAR %.2f, MAR %.2f; want at least 0.81, at most 30, at most 19\n%s", got.f1, got.far, got.mar, stdout)
	}
}

// TestScoreOfPublishedPredictions holds the scorer against the row that SKAB's authors print for Hotelling's T².
func TestScoreOfPublishedPredictions(t *testing.T) {
	dir := skab + "/reference_predictions/T2"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("SKAB is not there: ", err)
	}
	got := score(t, dir)
	if got.f1 < 0.655 || got.f1 >= 0.665 || got.far < 19.205 || got.far >= 19.215 || got.mar < 42.595 || got.mar >= 42.605 {
		t.Errorf("F1 %.4f, FAR %.3f, MAR %.3f; want 0.66, 19.21, 42.60", got.f1, got.far, got.mar)
	}
}
