package jobs_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/jobs"
)

func ExampleJobs() {
	ctx, cancel := context.WithCancel(context.Background())
	network := shadowtest.New(nil)
	cloud := awsiottest.NewJobs()
	go cloud.Serve(ctx, network.Conn("cloud"))
	_ = cloud.Ready(ctx)

	done := make(chan string)
	j, err := jobs.New(network.Conn("hub-7"), "hub-7", &jobs.Options{
		Handlers: map[string]jobs.Handler{
			"rollout": func(ctx context.Context, job *jobs.Job) error {
				var d struct{ Model string }
				if err := json.Unmarshal(job.Document, &d); err != nil {
					return fmt.Errorf("%w: %w", jobs.ErrReject, err)
				}
				_ = job.Progress(ctx, map[string]string{"percent": "50"})
				done <- job.ID + " rolls out " + d.Model
				return nil
			},
		},
	})
	if err != nil {
		fmt.Println(err)
		cancel()
		return
	}
	ended := make(chan error)
	go func() { ended <- j.Run(ctx) }()

	_ = cloud.Create("hub-7", "job-1", json.RawMessage(`{"operation":"rollout","model":"pump-3"}`), nil)
	fmt.Println(<-done)
	cancel()
	fmt.Println(<-ended)
	// Output:
	// job-1 rolls out pump-3
	// context canceled
}
