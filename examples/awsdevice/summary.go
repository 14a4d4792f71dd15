package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
)

// verdict is what the twins have seen.
type verdict struct {
	Devices int `json:"devices"`
	Kills   int `json:"kills"`
	Cuts    int `json:"cuts"`

	Certificates int   `json:"certificates"` // that things were registered with: one for each device
	Asked        int   `json:"asked"`        // for certificates; those that nobody claims are deleted
	Accepted     int   `json:"accepted"`     // readings, by the outbox
	Arrived      int   `json:"arrived"`      // each counted once
	Lost         int   `json:"lost"`         // accepted and not arrived
	Twice        int   `json:"twice"`        // arrived more than once, and a consumer leaves out
	InStep       int   `json:"inStep"`       // shadows
	Jobs         int   `json:"jobs"`         // that succeeded, each as one execution
	Runs         int   `json:"runs"`         // of jobs, more than one where the device was killed in the middle
	Files        int   `json:"files"`        // that are whole and in place
	FileBytes    int64 `json:"fileBytes"`
	SentBytes    int64 `json:"sentBytes"`  // by the streams
	Reports      int   `json:"reports"`    // to Device Defender
	Refused      int   `json:"refused"`    // of those
	Unreported   int   `json:"unreported"` // devices that were killed between identifier and report, and would report later
	Tunnels      int   `json:"tunnels"`    // that were opened
	Handed       int   `json:"handed"`     // of those to the device

	Forbidden []string `json:"forbidden"` // what a policy did not allow
	Unneeded  []string `json:"unneeded"`  // what a policy allowed and nobody did
	Seconds   float64  `json:"seconds"`
	Seed      uint64   `json:"seed"`

	wrong []string
}

// judge looks at one device that has come to its end.
func (v *verdict) judge(t *course) error {
	wrong := func(ok bool, format string, a ...any) {
		if !ok {
			v.wrong = append(v.wrong, t.thing+": "+fmt.Sprintf(format, a...))
		}
	}
	certificates := t.certificates()
	v.Certificates += certificates
	wrong(certificates == 1, "%d certificates", certificates)

	t.cloud.mu.Lock()
	arrived := t.readings[t.thing]
	for _, n := range arrived {
		if n > 1 {
			v.Twice++
		}
	}
	lost := 0
	for _, a := range t.agreed {
		if arrived[a] == 0 {
			lost++
		}
	}
	v.Arrived += len(arrived)
	unread := errors.Join(t.unread...)
	t.cloud.mu.Unlock()
	v.Accepted += len(t.agreed)
	v.Lost += lost
	wrong(lost == 0 && len(t.agreed) > 0, "%d of %d readings lost", lost, len(t.agreed))
	wrong(unread == nil, "what arrived is no reading: %v", unread)

	inStep := t.inStep(t.sum)
	v.InStep += count(inStep)
	wrong(inStep, "the shadow is not in step")

	x, _ := t.queue.Execution(t.thing, t.job)
	v.Jobs += count(x.Status == "SUCCEEDED" && x.Number == 1)
	v.Runs += t.count("job")
	wrong(x.Status == "SUCCEEDED" && x.Number == 1, "execution %d of the job is %q", x.Number, x.Status)

	content, err := os.ReadFile(filepath.Join(t.state, "model"))
	if err != nil {
		return err
	}
	whole := bytes.Equal(content, t.model)
	v.Files += count(whole)
	v.FileBytes += modelSize
	wrong(whole, "the file is not what was sent")

	ids := t.ids()
	v.Reports += len(ids)
	v.Unreported += count(len(ids) == 0)
	wrong(len(ids) == 1 || len(ids) == 0 && t.kills > 0, "%d reports within five minutes", len(ids))
	wrong(slices.IsSorted(ids) && len(slices.Compact(slices.Clone(ids))) == len(ids), "the report identifiers %v do not grow", ids)

	v.Tunnels += t.opened
	v.Handed += t.count("tunnel")
	wrong(t.count("tunnel") >= 1 && t.count("tunnel") <= t.opened, "%d tunnels were opened, %d heard of", t.opened, t.count("tunnel"))
	return nil
}

// conclude adds what the cloud as a whole has seen.
func (v *verdict) conclude(c *cloud) {
	v.Cuts = c.link.wasCut()
	if v.Kills == 0 && v.Cuts != cutsPerModel*v.Devices {
		v.wrong = append(v.wrong, fmt.Sprintf("the link was cut %d times", v.Cuts))
	}
	v.Asked = c.registry.Requests("create-from-csr")
	v.SentBytes = c.files.Stats().Bytes
	if v.Refused = c.reports.Refused(); v.Refused > 0 {
		v.wrong = append(v.wrong, fmt.Sprintf("%d reports were refused", v.Refused))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	v.Forbidden = slices.Clone(c.refused)
	for _, may := range append(c.claim.all(), c.device.all()...) {
		if !c.used[may] {
			v.Unneeded = append(v.Unneeded, may)
		}
	}
	for _, f := range v.Forbidden {
		v.wrong = append(v.wrong, "not allowed: "+f)
	}
}

// print writes the table, and returns an error that says what is wrong.
func (v *verdict) print(w io.Writer, asJSON bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(step string, done int, format string, a ...any) {
		fmt.Fprintf(t, "%s\t%d of %d\t%s\n", step, done, v.Devices, fmt.Sprintf(format, a...))
	}
	row("provisioned", v.Certificates, "%d certificates asked for", v.Asked)
	row("in step", v.InStep, "by the shadow")
	row("job done", v.Jobs, "begun %d times", v.Runs)
	row("file whole", v.Files, "%.1f MB sent for %.1f, link cut %d times", float64(v.SentBytes)/1e6, float64(v.FileBytes)/1e6, v.Cuts)
	row("watched", v.Reports, "%d reports refused, %d devices killed before theirs", v.Refused, v.Unreported)
	row("tunnel heard of", v.Handed, "%d opened", v.Tunnels)
	err := t.Flush()
	fmt.Fprintf(w, "readings: %d accepted, %d arrived, %d lost, %d twice\n", v.Accepted, v.Arrived, v.Lost, v.Twice)
	fmt.Fprintf(w, "%d devices, %d times killed, in %.1f s; %d things forbidden by the policies; seed %d\n",
		v.Devices, v.Kills, v.Seconds, len(v.Forbidden), v.Seed)
	if asJSON {
		err = errors.Join(err, json.NewEncoder(w).Encode(v))
	}
	for _, s := range v.wrong {
		err = errors.Join(err, errors.New(s))
	}
	return err
}

func count(ok bool) int {
	if ok {
		return 1
	}
	return 0
}
