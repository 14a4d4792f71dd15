package page_test

import (
	"fmt"
	"io"
	"net/http/httptest"
	"time"

	"github.com/brinkml/brink/edge"
	"github.com/brinkml/brink/edge/page"
)

// A page that is mounted elsewhere, here only to be asked for its health. As a
// component it would be app.Go("page", p, nil), with a URL to open.
func Example() {
	app := edge.New("hub", nil)
	p, err := page.New(app, &page.Options{NoListen: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	p.Score(page.Score{Series: "boiler", Value: 1.3, Threshold: 0.9, At: time.Now()})

	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
	body, _ := io.ReadAll(w.Body)
	fmt.Printf("%d %s", w.Code, body)
	// Output: 200 {"health":"ok","reasons":[]}
}
