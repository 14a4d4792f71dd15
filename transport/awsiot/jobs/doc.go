// Package jobs takes the work that AWS IoT Jobs queues for a device, one job at
// a time, and reports what became of it.
//
//	j, err := jobs.New(outbox.Conn(), "hub-7", &jobs.Options{
//		Dir: "/var/lib/hub/jobs",
//		Handlers: map[string]jobs.Handler{
//			"rollout": func(ctx context.Context, job *jobs.Job) error {
//				return rollout(ctx, job.Document, func(percent string) error {
//					return job.Progress(ctx, map[string]string{"percent": percent})
//				})
//			},
//		},
//	})
//	...
//	err = j.Run(ctx) // until ctx ends
//
// The handler is chosen by the member "operation" of the job's document. A job
// with another operation is rejected, unless Options.Handler takes what is left.
// A handler that returns nil has SUCCEEDED, one that returns an error FAILED,
// and one whose error wraps [ErrReject] REJECTED; the error's text is reported
// as the status detail "reason".
//
// # Once
//
// What a job is about to do, what it reported, and how it ended are kept in
// Options.Dir before anything depends on them. So:
//
//   - The end of a job is told until the service has taken it: over lost
//     connections, restarts and power cuts. A job that ended is not run again.
//   - A job that was under way when the program stopped is run again, with
//     [Job].Attempt counting and [Job].Details saying what it reported before.
//     A handler whose effects must happen once decides by these, or by what it
//     kept under [Job].Key, which no other execution has.
//   - A job that takes the device down each time fails after Options.Attempts.
//
// # The cloud's side
//
// When the service says that the execution ended without the device, because it
// was canceled, removed, deleted, or took too long, the handler's context ends
// with an [*EndedError] as its cause. The next job begins when the handler has
// returned. With Options.StepTimeout each report of progress renews a timer of
// the service; a handler that reports nothing for so long is TIMED_OUT.
//
// Job documents of more than 32 KB, which the service does not send, are
// rejected. Everything that arrives is bounded, and what cannot be understood is
// logged and asked for again.
package jobs
