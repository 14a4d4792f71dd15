package jobs

// Status is that of a job's execution on one thing.
type Status string

// The states of an execution. All but the first two are terminal.
const (
	Queued     Status = "QUEUED"
	InProgress Status = "IN_PROGRESS"
	Succeeded  Status = "SUCCEEDED"
	Failed     Status = "FAILED"
	TimedOut   Status = "TIMED_OUT"
	Rejected   Status = "REJECTED"
	Removed    Status = "REMOVED"
	Canceled   Status = "CANCELED"
)

// Terminal says whether an execution in this state is over.
func (s Status) Terminal() bool {
	switch s {
	case Succeeded, Failed, TimedOut, Rejected, Removed, Canceled:
		return true
	}
	return false
}

// known says whether it is a state at all.
func (s Status) known() bool { return s == Queued || s == InProgress || s.Terminal() }
