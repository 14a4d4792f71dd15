package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"net/http"
	"strings"
)

//go:embed assets/index.html
var indexHTML string

//go:embed assets/page.css
var pageCSS string

//go:embed assets/page.js
var pageJS string

// document is the one HTML file of the page.
type document struct {
	body      []byte
	csp, etag string
}

// newDocument puts the page together. Its policy allows the style and script in
// it by their hashes, and connections to where it came from.
func newDocument(name string) document {
	body := strings.NewReplacer(
		"{{name}}", html.EscapeString(name),
		"{{style}}", pageCSS,
		"{{script}}", pageJS,
	).Replace(indexHTML)
	sum := sha256.Sum256([]byte(body))
	return document{
		body: []byte(body),
		csp: "default-src 'none'; script-src " + cspHash(pageJS) + "; style-src " + cspHash(pageCSS) +
			"; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`,
	}
}

func cspHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func (d *document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", d.csp)
	h.Set("ETag", d.etag)
	if r.Header.Get("If-None-Match") == d.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	send(w, http.StatusOK, "text/html; charset=utf-8", "no-cache", d.body)
}
