package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// served is Aisle as a client sees it: over TCP, on a few connections that all callers share.
type served struct {
	conns []*grpc.ClientConn
	token string
	stop  func()
}

// serve starts a server on a database that is migrated, and connects to it.
func serve(ctx context.Context, o Options, url string) (*served, error) {
	addr, token, stop, err := o.StartServer(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	s := &served{token: token, stop: stop}
	for range connections {
		conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.conns = append(s.conns, conn)
	}
	return s, nil
}

// turn deals the calls out over the connections.
func (s *served) turn() func() grpc.ClientConnInterface {
	var n atomic.Uint64
	return func() grpc.ClientConnInterface { return s.conns[n.Add(1)%uint64(len(s.conns))] }
}

func (s *served) authorised(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+s.token)
}

// close stops what was started, which may be nothing.
func (s *served) close() error {
	if s == nil {
		return nil
	}
	var wrong []error
	for _, conn := range s.conns {
		wrong = append(wrong, conn.Close())
	}
	s.stop()
	return errors.Join(wrong...)
}
