// Package web shows an emulated board in a browser: its matrix by periph
// devices' videosink, readings by server-sent events, and a stick that the
// mouse, a finger or the arrow keys of the keyboard push.
//
//	p, err := web.New(board, nil)
//	if err != nil {
//		return err
//	}
//	go p.Run(ctx)
//	http.Serve(listener, p)
//
// A [Page] is an http.Handler with these paths, relative to where it is mounted:
//
//	GET  /          the page
//	GET  /matrix    the matrix as a stream of PNG images; ?format=jpeg for JPEG
//	GET  /events    what changes, as server-sent events in JSON
//	POST /stick     keys=up+left moves the stick there; keys= lets go
//	POST /press     key=x presses one of Options.Buttons
//
// # Who may use it
//
// The page is a tool for a developer's machine. It answers requests for a
// loopback address or Options.Hosts alone, so that no web site can reach it by
// pointing its own name here, and refuses what another site's page posts.
// Whoever can reach the port can push the stick: listen on 127.0.0.1.
package web
