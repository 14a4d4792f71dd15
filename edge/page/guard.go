package page

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// baseCSP allows nothing: the answers to programs are no documents. The page
// itself has a policy with the hashes of its style and script.
const baseCSP = "default-src 'none'; frame-ancestors 'none'"

// ServeHTTP answers requests for the page and what is beside it. Paths are
// relative to the root of the request: mount it with http.StripPrefix
// elsewhere.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A connection keeps the deadline that the request before has set.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	h := w.Header()
	h.Set("Content-Security-Policy", baseCSP)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if !p.answersTo(r.Host) {
		http.Error(w, "This page does not answer to that host name.", http.StatusMisdirectedRequest)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// answersTo says if a request for host, which may have a port, is meant for
// this page. A browser that was lured to a foreign name which resolves to this
// machine tells that name.
func (p *Page) answersTo(host string) bool {
	if !p.onlyLoopback && len(p.o.Hosts) == 0 {
		return true
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ".")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(p.o.Hosts, func(name string) bool { return strings.EqualFold(name, host) })
}
