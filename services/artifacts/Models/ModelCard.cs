using System.Text.Json;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models;

/// <summary>What is known of a version of a model beside its file: written once, at registration, and kept as an annex.</summary>
internal sealed record ModelCard(
    ModelSignature Signature, IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, string> Tags, string? Description = null,
    JsonElement? InputExample = null, ModelFile? File = null);
