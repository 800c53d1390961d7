using System.Net.Http.Json;
using Xunit;

namespace Mesh.Testing;

/// <summary>
/// A fresh virtual host on a real RabbitMQ, removed afterwards. All fixtures of a test process share one broker: the one that
/// <see cref="TestServers.RabbitMq"/> names, else an own one that ends with the process. Tests that stop the broker launch a <see cref="RabbitMqBroker"/>.
/// </summary>
public sealed class RabbitMqFixture : IAsyncLifetime
{
    private readonly string _virtualHost = "test-" + Guid.CreateVersion7().ToString("N");
    private Uri? _address;

    /// <summary>AMQP URI of this fixture's virtual host.</summary>
    public Uri Address => _address ?? throw new InvalidOperationException("The fixture has not been initialized.");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var (broker, api) = await SharedBroker.Started;
        if (api is null)
        {
            _address = broker;
            return;
        }

        using var http = RabbitMqBroker.Http(broker, api);
        using (var made = await http.PutAsync($"vhosts/{_virtualHost}", null))
        {
            made.EnsureSuccessStatusCode();
        }

        var user = Uri.UnescapeDataString(broker.UserInfo.Split(':')[0]);
        using (var granted = await http.PutAsJsonAsync($"permissions/{_virtualHost}/{user}", new { configure = ".*", write = ".*", read = ".*" }))
        {
            granted.EnsureSuccessStatusCode();
        }

        _address = new UriBuilder(broker) { Path = _virtualHost }.Uri;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_address is not null && await SharedBroker.Started is (var broker, { } api))
        {
            using var http = RabbitMqBroker.Http(broker, api);
            using var removed = await http.DeleteAsync($"vhosts/{_virtualHost}");
        }
    }

    /// <summary>A client of the broker's management API, with paths as in <c>queues/{vhost}</c>.</summary>
    /// <exception cref="InvalidOperationException">The broker that was named has no known API.</exception>
    public static async Task<HttpClient> ApiClientAsync() => await SharedBroker.Started is (var broker, { } api)
        ? RabbitMqBroker.Http(broker, api)
        : throw new InvalidOperationException($"{TestServers.RabbitMqApi} is not set.");

    /// <summary>The process's one broker, started when a fixture first asks.</summary>
    private static class SharedBroker
    {
        public static readonly Task<(Uri Address, Uri? Api)> Started = Task.Run(StartAsync);

        private static async Task<(Uri Address, Uri? Api)> StartAsync()
        {
            if (Environment.GetEnvironmentVariable(TestServers.RabbitMq) is { Length: > 0 } given)
            {
                var api = Environment.GetEnvironmentVariable(TestServers.RabbitMqApi);
                return (new Uri(given), string.IsNullOrEmpty(api) ? null : new Uri(api.TrimEnd('/') + "/"));
            }

            var folder = TestServers.Folder("rabbitmq");
            var broker = await RabbitMqBroker.LaunchAsync(folder);
            TestServers.AtExit(() => broker.KillAsync(), folder);
            return (broker.Address, broker.Api);
        }
    }
}
