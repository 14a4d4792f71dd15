// Package tunnel hands on the notice of a secure tunnel: AWS IoT tells a device
// over MQTT that somebody opened a tunnel to it, with the token to connect to
// it.
//
//	l, err := tunnel.New(out.Conn(), "hub-7", func(ctx context.Context, n tunnel.Notice) {
//		go proxy(ctx, n) // connects with n.Token.Reveal()
//	}, nil)
//	if err != nil {
//		return err
//	}
//	err = l.Run(ctx)
//
// What connects is up to the program: this package starts nothing, and no text
// of a notice comes near a shell. A notice is checked before it is handed on:
// the mode must be that of a destination, the region must look like one, and
// services must be on the list of those that the device offers
// ([Options.Services]). A token opens a way into the device, so it is not
// printed, logged or encoded by accident: [Token].
package tunnel
