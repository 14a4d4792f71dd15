package provisioning_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/provisioning"
)

func ExampleDevice() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	network := shadowtest.New(nil)
	cloud := awsiottest.NewProvisioning(nil)
	go cloud.Serve(ctx, network.Conn("cloud"))
	_ = cloud.Ready(ctx)

	dir, err := os.MkdirTemp("", "identity")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	id, err := provisioning.Device(ctx, network.Conn("device"), "hubs", &provisioning.Options{
		Dir:        dir,
		Parameters: map[string]string{"SerialNumber": "hub-7"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(id.ThingName, filepath.Base(id.CertFile), filepath.Base(id.KeyFile))
	// Output: hub-7 cert.pem key.pem
}
