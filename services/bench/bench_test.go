package bench

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/app"
)

// startServer serves as `aisle serve` does.
func startServer(ctx context.Context, databaseURL string) (addr, token string, stop func(), err error) {
	token = app.NewKey()
	keys, err := app.ParseKeyEntries(app.KeyEntry{
		Name: "bench", Kind: "staff", Key: token, Locations: []string{"*"}, Channels: []string{"*"},
	})
	if err != nil {
		return "", "", nil, err
	}
	config, err := app.LoadConfig(func(name string) string {
		return map[string]string{"AISLE_GRPC_ADDR": "127.0.0.1:0", "AISLE_HTTP_ADDR": "127.0.0.1:0"}[name]
	})
	if err != nil {
		return "", "", nil, err
	}
	config.Gateway = false
	server, err := app.Start(ctx, config, databaseURL, keys, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return "", "", nil, err
	}
	return server.GRPCAddr(), token, func() { _ = server.Stop(context.Background()) }, nil
}

func TestQuick(t *testing.T) {
	var out bytes.Buffer
	if err := Run(t.Context(), Options{Quick: true, Out: io.MultiWriter(&out, os.Stdout), StartServer: startServer}); err != nil {
		t.Fatal(err)
	}
	_ = strings.Fields
}
