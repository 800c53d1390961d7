using Marten;

namespace Mesh.Monitoring;

/// <summary>The monitoring service's store.</summary>
public interface IMonitoringStore : IDocumentStore;
