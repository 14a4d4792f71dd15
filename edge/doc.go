// Package edge runs the parts of a device's firmware side by side, keeps them
// apart when one of them fails, and moves values between them.
//
// An [App] owns components. A [Component] is anything with Run(ctx) error: a
// sampler, an inference loop, an uplink, a lamp. Values travel over a
// [Topic], an in-process channel with many subscribers, each with a bounded
// queue and a rule of its own for when the queue is full ([Keep]). Operators
// such as [Window] and [Batch] shape the stream that a subscription yields.
//
//	app := edge.New("hub", nil)
//	readings := edge.NewTopic[float64](app, "readings", nil)
//	lamp := readings.Subscribe(&edge.SubOptions{Keep: edge.Latest})
//
//	app.Go("sensor", edge.Every(time.Second, func(ctx context.Context) error {
//		v, err := read()
//		if err != nil {
//			return err // the sensor is restarted, the lamp is not touched
//		}
//		return readings.Publish(ctx, v)
//	}), nil)
//	app.Go("lamp", edge.Func(func(ctx context.Context) error {
//		for v := range lamp.All(ctx) {
//			show(v)
//		}
//		return ctx.Err()
//	}), nil)
//	os.Exit(edge.Main(app))
//
// # Laws of the lifecycle
//
// Start. [App.Run] checks every name, need and option before anything starts
// and reports all mistakes together. A component starts when all its Needs are
// ready. It is ready when its Run is called; with a Heartbeat or ReadyOnBeat,
// at its first [Beat]; a [Once], when it has succeeded. Readiness is for the
// first start: a component whose need fails later goes on, and meets the
// failure as its own error if it cares.
//
// End of a run. Nil means [Done]: the component is not started again. An
// error, a panic or a lost goroutine is a failure: the component waits in
// [Backoff], 100 ms at first, doubled up to 60 s, the second half of it random,
// and runs again. After five healthy minutes the next failure counts as the
// first. It is never given up, unless its [Restart] sets a Limit. Failing or
// waiting is the component's own affair: no other component is delayed by it.
// [Fatal] stops the whole app.
//
// Hangs. A component with a Heartbeat has to call [Beat] or [Progress] that
// often. If it does not, its context is cancelled with cause [ErrHung] and,
// once it has returned, it is a failure like any other. Waiting in [Sub.All],
// in [Topic.Publish], in [Every] or [Cron], or at the gate of a pause is never
// a hang, and each value that All yields is a beat. A component of several
// goroutines is alive while one of them is.
//
// Pause. [App.Pause] closes a gate that the component reaches at its next Beat
// or its next value from All, or before its next start. [App.Resume] opens it.
//
// Stop. When the context of Run ends, components stop in the reverse order of
// Needs: one is cancelled when all that need it have returned. It then has its
// StopTimeout. One that has not returned by then is [Stuck] and is named by
// the [StuckError] of Run. Values still queued in a [Sub] can be taken with
// [Sub.Drain] by the component on its way out.
//
// What Go cannot do. A goroutine cannot be killed: a stuck component is not
// started a second time beside itself, and a stuck Critical one stops the
// watchdog's ping, so that systemd restarts the process. A panic in a
// goroutine that a component starts with the go statement ends the process:
// start it with [Spawn]. Concurrent map writes and lack of memory end the
// process in any case: let the service manager restart it.
//
// # Health
//
// [App.Status] rolls the components up into [OK], [Degraded] or [Failing],
// with a reason for each that is not well. A component that is down degrades
// the app; a Critical one makes it fail. One that is up stays degraded until
// it has been healthy for five minutes, so that a crash loop is seen between
// two crashes. A component that works, but badly, says so with [Warn].
//
// # Clocks and goroutines
//
// Time is package time's: under testing/synctest hours of lifecycle run in
// milliseconds. Deadlines use the monotonic clock, so setting the wall clock
// disturbs only [Cron], which says what it does then. New and NewTopic start no
// goroutine. Run starts two for each component and ends them before it
// returns, except those of stuck components.
package edge
