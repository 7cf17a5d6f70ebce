# The whole program is one static binary; the same image serves, migrates and audits.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY gen gen
COPY migrations migrations
COPY services services
# timetzdata: shops live in time zones, and a slim image may not carry them.
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags='-s -w' -o /aisle ./services/cmd/aisle
RUN mkdir /data

FROM debian:12-slim
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /aisle /aisle
# A named volume takes its owner from this folder. 65532 is nobody in particular, and not root.
COPY --from=build --chown=65532:65532 /data /var/lib/aisle
ENV AISLE_DATA_DIR=/var/lib/aisle
USER 65532:65532
# REST, gRPC, and the probes and metrics of a process that runs no gateway.
EXPOSE 8080 9090 9100
ENTRYPOINT ["/aisle"]
CMD ["serve"]
