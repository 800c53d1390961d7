using Amazon.Runtime;
using Amazon.S3;

namespace Mesh.Artifacts.Blobs.S3;

/// <summary>Clients of S3 stores.</summary>
internal static class S3Connection
{
    /// <summary>A client by its settings.</summary>
    /// <param name="section">Where the settings are, for what is said of them.</param>
    /// <exception cref="InvalidOperationException">A setting is missing.</exception>
    public static AmazonS3Client Connect(this S3Options options, string section)
    {
        if (options.AccessKey is null != options.SecretKey is null) throw new InvalidOperationException($"{section}:AccessKey and {section}:SecretKey belong together.");
        var config = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,
            ForcePathStyle = options.ForcePathStyle,
            // Not every server knows the newer checksums; the SHA-256 of the whole is what counts here.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { } endpoint) config.ServiceURL = endpoint;
        else config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        return options.AccessKey is null ? new AmazonS3Client(config) : new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config);
    }
}
