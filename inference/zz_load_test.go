package inference
import ("testing";"context")
func BenchmarkTreeLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		m, err := Open("/tmp/bdir/models/trees100_d8.onnx", &LoadOptions{Map: true})
		if err != nil { b.Fatal(err) }
		s, err := m.NewSession(&Options{Threads: 1})
		if err != nil { b.Fatal(err) }
		bd, err := s.Bind(map[string][]int{"x": {1, 16}})
		if err != nil { b.Fatal(err) }
		bd.Run(context.Background())
		s.Close(); m.Close()
	}
}
