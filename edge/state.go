package edge

// State says where a component is in its life. The package comment has the
// laws by which it moves.
type State string

// The states of a component.
const (
	Waiting  State = "waiting"  // for its Needs to be ready, or for App.Run
	Starting State = "starting" // runs, and has not given its first beat
	Running  State = "running"  // runs and is ready
	Paused   State = "paused"   // stands still until it is resumed
	Backoff  State = "backoff"  // failed, and waits to run again
	Stopping State = "stopping" // was told to return, and has not yet
	Stuck    State = "stuck"    // was told to return, and did not in time
	Done     State = "done"     // returned nil
	Failed   State = "failed"   // given up after Restart.Limit failures
	Stopped  State = "stopped"  // returned because the app stops
)
