// Package page shows what an [edge.App] does, in any browser and without a
// network beyond the one to the device: one page in one transfer of less than
// 40 KB, kept up to date by server-sent events.
//
//	p, err := page.New(app, &page.Options{
//		Addr:   "127.0.0.1:8080",
//		Matrix: func() [64]color.NRGBA { return board.Pixels() },
//	})
//	if err != nil {
//		return err
//	}
//	app.Go("page", p, nil)
//	...
//	p.Score(page.Score{Series: "boiler", Value: score, Threshold: 1, At: at})
//
// The page shows the verdict on each appliance with its scores against their
// threshold, the LED matrix, the buffer towards upstream, and the components and
// topics of the app. Beside it are, for programs:
//
//	/status.json   the app's status, the latest scores, the buffer
//	/healthz       200 while the app is ok or degraded, 503 while it is failing
//	/metrics       Prometheus text
//	/events        the server-sent events that the page lives on
//
// Everything is read-only: nobody can change the device through the page.
//
// # Who may look
//
// A page listens on the loopback interface unless told otherwise, and then
// answers only requests for a loopback host, so that no web site can read it by
// pointing its own name at 127.0.0.1. On other interfaces it is open to whoever
// can reach it: put it behind a proxy that knows people, or bind it to a network
// that does. [Options].Hosts lists the names to answer to.
//
// # Goroutines and bounds
//
// Each open page costs one goroutine of the HTTP server, which looks ten times a
// second for what is new; without an open page nothing is asked of the app. The
// number of open pages and of connections, the queue of each page (the oldest
// scores give way), the number of series and the history of each are bounded.
package page
