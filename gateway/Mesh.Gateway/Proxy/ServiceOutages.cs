using System.Collections.Concurrent;

namespace Mesh.Gateway.Proxy;

/// <summary>Logs when a service stops answering and when it answers again, not every request that meets it in between.</summary>
internal sealed class ServiceOutages(ILogger<ServiceOutages> log)
{
    private readonly ConcurrentDictionary<string, byte> _failing = new(StringComparer.Ordinal);
    private volatile bool _any;

    internal void Failed(string service, string reason)
    {
        if (!_failing.TryAdd(service, 0)) return;
        _any = true;
        log.LogWarning("The service {Service} does not answer: {Reason}", service, reason);
    }

    internal void Answered(string service)
    {
        if (!_any || !_failing.TryRemove(service, out _)) return;
        _any = !_failing.IsEmpty;
        log.LogInformation("The service {Service} answers again", service);
    }
}
