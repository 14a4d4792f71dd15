package edge

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// notifier talks to the service manager as sd_notify(3) describes: datagrams
// of KEY=value lines to the socket named in NOTIFY_SOCKET. A nil notifier does
// nothing.
type notifier struct {
	conn     net.Conn
	watchdog time.Duration // between pings that the manager expects; zero: none
}

// reportPeriod is the time between reports to the service manager.
const reportPeriod = 5 * time.Second

// extendBy is the time asked for with each report while the app stops. It
// bridges two reports and then some.
const extendBy = 3 * reportPeriod

// openNotifier returns the notifier that the environment asks for, nil without
// an error if it asks for none.
func openNotifier(getenv func(string) string) (*notifier, error) {
	path := getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil, nil
	}
	if path[0] != '/' && path[0] != '@' {
		return nil, fmt.Errorf("edge: NOTIFY_SOCKET=%s is no kind of socket that this program knows", path)
	}
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		return nil, fmt.Errorf("edge: NOTIFY_SOCKET: %w", err)
	}
	n := &notifier{conn: conn}
	if pid := getenv("WATCHDOG_PID"); pid == "" || pid == strconv.Itoa(os.Getpid()) {
		us, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64)
		if err == nil && us > 0 && us < int64(time.Hour/time.Microsecond) {
			n.watchdog = time.Duration(us) * time.Microsecond
		}
	}
	return n, nil
}

// period is the time between two reports.
func (n *notifier) period() time.Duration {
	if n == nil || n.watchdog == 0 {
		return reportPeriod
	}
	return min(n.watchdog/2, reportPeriod)
}

// send sends assignments, a line each. What cannot be sent is dropped: the
// manager is gone or busy, and the app has better to do than wait.
func (n *notifier) send(lines ...string) {
	if n == nil || len(lines) == 0 {
		return
	}
	_ = n.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = n.conn.Write([]byte(strings.Join(lines, "\n")))
}

func (n *notifier) close() {
	if n != nil {
		_ = n.conn.Close()
	}
}

// statusReporter tells the service manager how the app does.
type statusReporter struct {
	app  *App
	n    *notifier
	last string
}

func (r *statusReporter) report() {
	if r.n == nil {
		return
	}
	s := r.app.Status()
	var lines []string
	if text := s.line(); text != r.last {
		r.last = text
		lines = append(lines, "STATUS="+text)
	}
	if r.n.watchdog > 0 && !s.stuckCritical() {
		lines = append(lines, "WATCHDOG=1")
	}
	if s.Stopping {
		lines = append(lines, fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", extendBy.Microseconds()))
	}
	r.n.send(lines...)
}

// stuckCritical says if only a new process can help.
func (s *Status) stuckCritical() bool {
	for _, c := range s.Components {
		if c.Critical && c.State == Stuck {
			return true
		}
	}
	return false
}

// line is the status in one line.
func (s *Status) line() string {
	parts := []string{s.Health.String()}
	if s.Stopping {
		parts[0] = "stopping, " + parts[0]
	}
	parts = append(parts, s.Reasons...)
	for _, c := range s.Components {
		if p := c.Progress; p != nil {
			parts = append(parts, fmt.Sprintf("%s: %s %s", c.Name, p.What, p.fraction()))
		}
	}
	return strings.ReplaceAll(shorten(strings.Join(parts, "; ")), "\n", " ")
}

// fraction is the progress in the fewest words.
func (p *ProgressStatus) fraction() string {
	if p.Total > 0 {
		return fmt.Sprintf("%.0f %%", 100*float64(p.Done)/float64(p.Total))
	}
	return strconv.FormatInt(p.Done, 10)
}
