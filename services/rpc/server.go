package rpc

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Limits of the server. What goes beyond them is refused before it costs anything.
const (
	// ReceiveBytesMax is the size of a request: 4 MiB, a thousand prices several times over.
	ReceiveBytesMax = 4 << 20
	// headerBytesMax is the size of a call's headers, of which we read one.
	headerBytesMax = 64 << 10
	// streamsMax is the number of calls at once on one connection. A gateway carries those of all its clients on one.
	streamsMax = 4096
	// handshakeTimeout ends connections that never say what they want.
	handshakeTimeout = 10 * time.Second
	// A client may ask for a sign of life this often, and is asked for one after this silence.
	keepaliveMin  = 10 * time.Second
	keepaliveIdle = time.Minute
	// inFlightDefault is how many reads, and how many writes, are under way at once. A batch is full far below it.
	inFlightDefault = 1024
	// slowCallDefault is what counts as slow where Config does not say.
	slowCallDefault = time.Second
)

// Config is what a server is made of.
type Config struct {
	// Keys are those who may call. Required.
	Keys *Keys
	// Register registers the services, each by its generated RegisterXServer. Required.
	Register func(grpc.ServiceRegistrar)
	// Logger takes one line per call that failed or was slow, and one for each other call at level debug; nil:
	// slog.Default().
	Logger *slog.Logger
	// Metrics is where the metrics of calls are registered; nil: nowhere.
	Metrics prometheus.Registerer
	// SlowCall is from when on a call is logged as slow; 0: one second.
	SlowCall time.Duration
	// InFlight is how many reads, and how many writes, may be under way; one more is refused at once; 0: 1024.
	InFlight int
	// Observe is shown each call of one request that may be made, and what it came to, before the caller is answered; nil: nobody is. It
	// must not keep the caller waiting, and changes nothing.
	Observe func(request, answer any, err error)
	// Options are further options of the gRPC server: credentials, a stats handler for traces.
	Options []grpc.ServerOption
}

// Server is a gRPC server whose every call goes through the door.
type Server struct {
	*grpc.Server
	// Health answers health checks. It says NOT_SERVING, for the whole and for each service, until Health.Resume is
	// called, and again from Health.Shutdown on.
	Health *health.Server
}

// NewServer returns a server with the services, health and reflection registered. It fails where a method does not say who
// may call it, and where a rule of the contract does not compile.
func NewServer(config Config) (*Server, error) {
	if config.Keys == nil || config.Register == nil {
		return nil, errors.New("rpc: a server needs Keys and Register")
	}
	d := &door{keys: config.Keys, logger: config.Logger, slowCall: config.SlowCall, methods: map[string]*method{}, observe: config.Observe}
	if d.logger == nil {
		d.logger = slog.Default()
	}
	if d.slowCall == 0 {
		d.slowCall = slowCallDefault
	}
	d.crowd.max = int64(cmp.Or(config.InFlight, inFlightDefault))
	server := &Server{Server: grpc.NewServer(append(d.options(), config.Options...)...), Health: health.NewServer()}
	config.Register(server)
	grpc_health_v1.RegisterHealthServer(server, server.Health)
	reflection.Register(server.Server)

	services, err := servicesOf(server.Server)
	if err != nil {
		return nil, fmt.Errorf("rpc: %w", err)
	}
	for _, service := range services {
		server.Health.SetServingStatus(string(service.FullName()), grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	}
	server.Health.Shutdown()
	if err := d.learn(services, config.Metrics); err != nil {
		return nil, fmt.Errorf("rpc: %w", err)
	}
	return server, nil
}

func (d *door) options() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.UnaryInterceptor(d.unary),
		grpc.StreamInterceptor(d.stream),
		grpc.InTapHandle(d.atTheGate),
		grpc.ForceServerCodecV2(newCodec()),
		grpc.MaxRecvMsgSize(ReceiveBytesMax),
		grpc.MaxHeaderListSize(headerBytesMax),
		grpc.MaxConcurrentStreams(streamsMax),
		grpc.ConnectionTimeout(handshakeTimeout),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: keepaliveMin, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: keepaliveIdle}),
		// Stop returns when the last handler has: nothing writes to a database that is being closed.
		grpc.WaitForHandlers(true),
	}
}

// learn compiles what can be known of the methods before the first call.
func (d *door) learn(services []protoreflect.ServiceDescriptor, registerer prometheus.Registerer) error {
	policies, err := NewPolicies(services...)
	if err != nil {
		return err
	}
	if d.rules, err = newRules(services...); err != nil {
		return err
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return err
	}
	for name, policy := range policies.methods {
		d.methods[name] = &method{policy: policy, meter: metrics.of(name)}
	}
	return nil
}

// servicesOf returns the contracts of what is registered, by name.
func servicesOf(server *grpc.Server) ([]protoreflect.ServiceDescriptor, error) {
	var services []protoreflect.ServiceDescriptor
	for name := range server.GetServiceInfo() {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			return nil, fmt.Errorf("the contract of %s: %w", name, err)
		}
		services = append(services, found.(protoreflect.ServiceDescriptor))
	}
	slices.SortFunc(services, func(a, b protoreflect.ServiceDescriptor) int {
		return cmp.Compare(a.FullName(), b.FullName())
	})
	return services, nil
}
