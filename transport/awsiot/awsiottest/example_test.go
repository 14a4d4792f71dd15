package awsiottest_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
)

func ExampleProvisioning() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	network := shadowtest.New(nil)
	cloud := awsiottest.NewProvisioning(nil)
	cloud.Script(func(q awsiottest.Request) awsiottest.Fate {
		return awsiottest.Fate{Refuse: &awsiottest.Refusal{Status: 403, Code: "AccessDenied", Message: "not today"}}
	})
	go cloud.Serve(ctx, network.Conn("cloud"))

	answer := make(chan string, 1)
	device := network.Conn("device")
	_, _ = device.Subscribe(ctx, []string{"$aws/certificates/create/json/rejected"}, func(_ string, payload []byte) {
		answer <- string(payload)
	})
	_ = cloud.Ready(ctx)
	_ = device.Publish(ctx, "$aws/certificates/create/json", []byte("{}"))
	fmt.Println(<-answer)
	// Output: {"statusCode":403,"errorCode":"AccessDenied","errorMessage":"not today"}
}

func ExampleJobs() {
	cloud := awsiottest.NewJobs()
	_ = cloud.Create("hub-7", "job-1", json.RawMessage(`{"operation":"reboot"}`), nil)
	_ = cloud.Cancel("hub-7", "job-1")
	x, _ := cloud.Execution("hub-7", "job-1")
	fmt.Println(x.Status, x.Version)
	// Output: CANCELED 2
}
