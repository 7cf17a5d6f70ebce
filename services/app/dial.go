package app

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// bearer sends a key with every call.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

// RequireTransportSecurity is false: services talk over the loopback or inside one network, where a proxy ends TLS.
func (bearer) RequireTransportSecurity() bool { return false }

// Dial returns a connection to services that sends a key with every call.
func Dial(target, key string) (*grpc.ClientConn, error) {
	return grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(bearer(key)))
}

// Loopback is a process that serves this process alone: what imports, the demo's data and the bench go through. It is the
// same composition as any other, on an address that the system chooses.
func Loopback(c Config) Config {
	c.GRPCAddr, c.HTTPAddr, c.Gateway = "127.0.0.1:0", "127.0.0.1:0", false
	c.Services = append([]string(nil), ServiceNames...)
	return c
}
