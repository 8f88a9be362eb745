/** What a report can be. They stand apart from the schemas, so that screens can name them without carrying a validator. */
export const REPORT_FORMATS = ['html', 'pdf', 'md', 'tex', 'wandb'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]
